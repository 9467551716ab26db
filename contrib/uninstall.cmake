# SPDX-License-Identifier: MIT
# Removes what the last 'cmake --install' of this build directory installed, and
# the folders of our own that are empty then: those called vmguest, and what is
# in them. Other folders may belong to others, even when they are empty, and a
# configuration file that somebody changed is kept.
if(NOT EXISTS "${MANIFEST}")
  message(FATAL_ERROR "Nothing to remove: ${MANIFEST} is missing; it is "
    "written by 'cmake --install' in this build directory.")
endif()
file(STRINGS "${MANIFEST}" files)

# What all of them lie in is the prefix, whatever it is called.
list(GET files 0 prefix)
foreach(file IN LISTS files)
  string(FIND "${file}" "${prefix}" at)
  while(NOT at EQUAL 0 OR NOT prefix MATCHES "/$")
    string(REGEX REPLACE "/[^/]+/?$" "/" prefix "${prefix}")
    string(FIND "${file}" "${prefix}" at)
  endwhile()
endforeach()
string(LENGTH "${prefix}" prefix_length)
set(folders "")
foreach(file IN LISTS files)
  set(path "$ENV{DESTDIR}${file}")
  get_filename_component(name "${file}" NAME)
  set(shipped "${SHIPPED_CONFIGURATION}/${name}")
  if(file MATCHES "/collectd(\\.conf)?\\.d/" AND EXISTS "${path}" AND EXISTS "${shipped}")
    file(SHA256 "${path}" is)
    file(SHA256 "${shipped}" ours)
    if(NOT is STREQUAL ours)
      message(STATUS "Kept, since it was changed: ${path}")
      continue()
    endif()
  endif()
  if(EXISTS "${path}" OR IS_SYMLINK "${path}")
    message(STATUS "Removing ${path}")
    file(REMOVE "${path}")
  else()
    message(STATUS "Already gone: ${path}")
  endif()
  string(SUBSTRING "${file}" ${prefix_length} -1 folder)
  get_filename_component(folder "${folder}" DIRECTORY)
  while("/${folder}" MATCHES "/vmguest(/|$)")
    list(APPEND folders "$ENV{DESTDIR}${prefix}${folder}")
    get_filename_component(folder "${folder}" DIRECTORY)
  endwhile()
endforeach()

# The service makes a link outside of all folders above; where is what its
# configuration says last. One that leads elsewhere is not ours.
set(textfiles /var/lib/prometheus/node-exporter)
foreach(configuration IN ITEMS /etc/default/vmguest /etc/sysconfig/vmguest)
  if(EXISTS "$ENV{DESTDIR}${configuration}")
    file(STRINGS "$ENV{DESTDIR}${configuration}" lines REGEX "^TEXTFILE_FOLDER=")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^TEXTFILE_FOLDER=\"?([^\"]*)\"?$" "\\1" textfiles "${line}")
    endforeach()
  endif()
endforeach()
set(link "$ENV{DESTDIR}${textfiles}/vmguest.prom")
if(IS_SYMLINK "${link}")
  file(READ_SYMLINK "${link}" target)
  if(target STREQUAL "/run/vmguest/vmguest.prom")
    message(STATUS "Removing ${link}")
    file(REMOVE "${link}")
  endif()
endif()

# The deepest first: in reverse order a folder comes after those in it.
list(REMOVE_DUPLICATES folders)
list(SORT folders ORDER DESCENDING)
foreach(folder IN LISTS folders)
  # rmdir refuses what is not empty; nothing else may decide that.
  execute_process(COMMAND rmdir "${folder}" RESULT_VARIABLE left
    OUTPUT_QUIET ERROR_QUIET)
  if(NOT left)
    message(STATUS "Removing ${folder}")
  endif()
endforeach()

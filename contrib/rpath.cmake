# SPDX-License-Identifier: MIT
# vmg_install_rpath(TARGET DESTINATION): lets an installed target find
# libvmGuestLib. Call it after the target's own install().
#
# CMake fixes INSTALL_RPATH when configuring, but the library's folder is known
# only when installing (cmake --install --prefix). So the path is set once more
# then, and removed where the loader looks in that folder by itself. It can only
# be replaced by one that is not longer than what was linked in: hence the
# padding, a folder that does not exist.
function(vmg_install_rpath target destination)
  string(REPEAT "/room-for-the-installed-path" 36 padding)
  set_target_properties(${target} PROPERTIES
    BUILD_RPATH ${padding}
    INSTALL_RPATH ${CMAKE_INSTALL_FULL_LIBDIR}
    INSTALL_RPATH_USE_LINK_PATH OFF)
  install(CODE "
    set(file \"$<TARGET_FILE_NAME:${target}>\")
    set(destination \"${destination}\")
    set(libdir \"${CMAKE_INSTALL_LIBDIR}\")
    set(configured \"${CMAKE_INSTALL_FULL_LIBDIR}\")
    set(multiarch \"${CMAKE_LIBRARY_ARCHITECTURE}\")
    get_filename_component(prefix \"\${CMAKE_INSTALL_PREFIX}\" ABSOLUTE)
    if(NOT IS_ABSOLUTE \"\${destination}\")
      set(destination \"\${prefix}/\${destination}\")
    endif()
    if(NOT IS_ABSOLUTE \"\${libdir}\")
      set(libdir \"\${prefix}/\${libdir}\")
    endif()
    set(file \"\$ENV{DESTDIR}\${destination}/\${file}\")
    if(libdir MATCHES \"^(/usr)?/lib(32|64|x32)?(/\${multiarch})?$\")
      file(RPATH_REMOVE FILE \"\${file}\")
    elseif(NOT libdir STREQUAL configured)
      file(RPATH_CHANGE FILE \"\${file}\"
        OLD_RPATH \"\${configured}\" NEW_RPATH \"\${libdir}\")
    endif()")
endfunction()

# SPDX-License-Identifier: MIT
# vmg_install_rpath(TARGET DESTINATION): lets an installed target find
# libvmGuestLib. Call it after the target's own install().
#
# The library's folder is known when installing (cmake --install --prefix), but
# CMake fixes INSTALL_RPATH when configuring. So the target is installed with a
# path that is long enough for any, which is then replaced by the folder, and
# removed where the loader looks in that folder by itself.
function(vmg_install_rpath target destination)
  string(REPEAT "/to-be-replaced-when-installed" 32 placeholder)
  set_target_properties(${target} PROPERTIES
    INSTALL_RPATH ${placeholder}
    INSTALL_RPATH_USE_LINK_PATH OFF)
  install(CODE "
    set(file \"$<TARGET_FILE_NAME:${target}>\")
    set(destination \"${destination}\")
    set(placeholder \"${placeholder}\")
    set(libdir \"${CMAKE_INSTALL_LIBDIR}\")
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
      message(STATUS \"No RUNPATH needed: \${file}\")
      file(RPATH_REMOVE FILE \"\${file}\")
    else()
      message(STATUS \"Set RUNPATH \${libdir}: \${file}\")
      file(RPATH_CHANGE FILE \"\${file}\"
        OLD_RPATH \"\${placeholder}\" NEW_RPATH \"\${libdir}\")
    endif()")
endfunction()

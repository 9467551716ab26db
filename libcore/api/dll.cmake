# SPDX-License-Identifier: MIT
# vmGuestLib.dll: what libvmGuestLib.map exports, undecorated and cdecl on each
# machine, as VMware's own; its import libraries, and the library for programs that
# stand alone.
include(${PROJECT_SOURCE_DIR}/contrib/packaging/windows/version.cmake)

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${map})
file(READ ${map} text)
string(REGEX MATCHALL "\t[A-Za-z_0-9]+;" exports "${text}")
string(REGEX REPLACE "[;\t]+" "\n\t" exports "${exports}")
set(def ${CMAKE_CURRENT_BINARY_DIR}/vmGuestLib.def)
file(WRITE ${def}.new "LIBRARY vmGuestLib.dll\nEXPORTS${exports}\n")
file(COPY_FILE ${def}.new ${def} ONLY_IF_DIFFERENT)

add_library(vmGuestLib SHARED ${objects} ${def})
target_link_libraries(vmGuestLib PRIVATE vmg_build)
target_include_directories(vmGuestLib INTERFACE ${PROJECT_SOURCE_DIR}/include)
set_target_properties(vmGuestLib PROPERTIES LINKER_LANGUAGE C PREFIX "")
vmg_version_resource(vmGuestLib vmGuestLib.dll VFT_DLL
  "VMware Guest API: what the host reports about this virtual machine")
install(TARGETS vmGuestLib RUNTIME DESTINATION bin ARCHIVE DESTINATION lib)

# A program with it needs no DLL, and cannot get VMware's in the place of ours.
add_library(vmg_static STATIC ${objects})
target_link_libraries(vmg_static INTERFACE vmg_include)
set_target_properties(vmg_static PROPERTIES LINKER_LANGUAGE C)
add_library(vmguestlib::vmGuestLib ALIAS vmg_static)

# For Microsoft's linker. mingw's own dlltool makes another kind.
find_program(VMG_DLLTOOL NAMES llvm-dlltool llvm-dlltool-19 llvm-dlltool-14)
if(VMG_DLLTOOL)
  set(lib ${CMAKE_CURRENT_BINARY_DIR}/vmGuestLib.lib)
  set(target_i386 i386)
  set(target_x86_64 i386:x86-64)
  add_custom_command(OUTPUT ${lib}
    COMMAND ${VMG_DLLTOOL} -m ${target_${machine}} -d ${def} -l ${lib}
    DEPENDS ${def} VERBATIM)
  add_custom_target(vmg_import_library ALL DEPENDS ${lib})
  install(FILES ${lib} DESTINATION lib)
else()
  message(STATUS "vmGuestLib.lib is not made: llvm-dlltool was not found (Debian: llvm)")
endif()

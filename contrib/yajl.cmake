# SPDX-License-Identifier: MIT
# PkgConfig::yajl, where libyajl is to be had: the system's, or its source, compiled in.
if(WIN32)  # which has none
  set(source ${PROJECT_SOURCE_DIR}/build/deps/yajl)
else()
  set(source "")
endif()
set(VMG_YAJL_SOURCE "${source}" CACHE PATH
  "yajl's source, to be compiled in instead of linking to the system's library")

if(VMG_YAJL_SOURCE AND EXISTS ${VMG_YAJL_SOURCE}/src/yajl_gen.c)
  set(headers ${CMAKE_CURRENT_BINARY_DIR}/yajl)
  file(COPY ${VMG_YAJL_SOURCE}/src/api/ DESTINATION ${headers}/yajl)
  add_library(vmg_yajl STATIC
    ${VMG_YAJL_SOURCE}/src/yajl.c
    ${VMG_YAJL_SOURCE}/src/yajl_alloc.c
    ${VMG_YAJL_SOURCE}/src/yajl_buf.c
    ${VMG_YAJL_SOURCE}/src/yajl_encode.c
    ${VMG_YAJL_SOURCE}/src/yajl_gen.c
    ${VMG_YAJL_SOURCE}/src/yajl_lex.c
    ${VMG_YAJL_SOURCE}/src/yajl_parser.c
    ${VMG_YAJL_SOURCE}/src/yajl_tree.c)
  target_include_directories(vmg_yajl SYSTEM PUBLIC ${headers})
  target_compile_options(vmg_yajl PRIVATE -w)  # not ours
  set_target_properties(vmg_yajl PROPERTIES
    C_VISIBILITY_PRESET hidden
    POSITION_INDEPENDENT_CODE ON)
  add_library(PkgConfig::yajl ALIAS vmg_yajl)
elseif(NOT WIN32)
  find_package(PkgConfig)
  if(PkgConfig_FOUND)
    pkg_check_modules(yajl IMPORTED_TARGET GLOBAL yajl)
  endif()
endif()

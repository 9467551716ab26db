# SPDX-License-Identifier: MIT
# vmg_version_resource(TARGET FILE TYPE DESCRIPTION): TYPE is VFT_APP or VFT_DLL.
enable_language(RC)
function(vmg_version_resource target file type description)
  configure_file(${PROJECT_SOURCE_DIR}/contrib/packaging/windows/version.rc.in
    ${CMAKE_CURRENT_BINARY_DIR}/${target}.rc @ONLY)
  target_sources(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${target}.rc)
endfunction()

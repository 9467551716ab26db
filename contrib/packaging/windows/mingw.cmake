# SPDX-License-Identifier: MIT
# What mingw-x86_64.cmake and mingw-i686.cmake share: CMAKE_SYSTEM_PROCESSOR is set.
set(CMAKE_SYSTEM_NAME Windows)
set(triple ${CMAKE_SYSTEM_PROCESSOR}-w64-mingw32)
# Installed, or unpacked by contrib/check. Debian has two variants by how libgcc
# locks; -win32 needs no library for it.
set(unpacked ${CMAKE_CURRENT_LIST_DIR}/../../../build/deps/mingw/usr/bin)
find_program(CMAKE_C_COMPILER NAMES ${triple}-gcc-win32 ${triple}-gcc HINTS ${unpacked}
  REQUIRED)
find_program(CMAKE_RC_COMPILER NAMES ${triple}-windres HINTS ${unpacked} REQUIRED)
# Where its own path has a blank, windres writes past the end of what it makes of it.
string(CONCAT CMAKE_RC_FLAGS_INIT "--preprocessor=\"${CMAKE_C_COMPILER}\" "
  "--preprocessor-arg=-E --preprocessor-arg=-xc-header --preprocessor-arg=-DRC_INVOKED")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

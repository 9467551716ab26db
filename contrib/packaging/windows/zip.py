# SPDX-License-Identifier: MIT
"""zip.py FOLDER ZIP: the folder's files by name, all of the time SOURCE_DATE_EPOCH, or of
now: CMake's own zip has the times at which they were read in it, too."""

import os
import sys
import time
import zipfile

folder, path = sys.argv[1:]
seconds = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
files = sorted(os.path.join(place, name)
               for place, _, names in os.walk(folder) for name in names)
with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
    for name in files:
        entry = zipfile.ZipInfo(os.path.relpath(name, os.path.dirname(folder)),
                                time.gmtime(seconds)[:6])
        entry.external_attr = 0o100644 << 16
        with open(name, "rb") as f:
            archive.writestr(entry, f.read(), zipfile.ZIP_DEFLATED)

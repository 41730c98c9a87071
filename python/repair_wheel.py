"""A wheel that carries its libraries: repair_wheel.py WHEEL FOLDER (needs auditwheel and patchelf)

auditwheel takes it that every machine has X11 and GLib. A server or a container has not, and cairo
does not load without them: so they are carried, too.
"""

import json
import pathlib
import sys
import tempfile

from auditwheel import main, policy

EVERYWHERE = ("libc.", "libm.", "libdl.", "librt.", "libpthread.", "libutil.", "libresolv.",
              "libnsl.", "libgcc_s.", "libstdc++.", "ld-linux")


def repair(wheel, folder):
    libc = policy.Libc.GLIBC
    known = json.loads(policy._POLICY_JSON_MAP[libc].read_text())
    for one in known:
        one["lib_whitelist"] = [name for name in one["lib_whitelist"] if name.startswith(EVERYWHERE)]
    with tempfile.TemporaryDirectory() as own:
        path = pathlib.Path(own) / "policy.json"
        path.write_text(json.dumps(known))
        policy._POLICY_JSON_MAP[libc] = path
        sys.argv = ["auditwheel", "repair", "-w", folder, wheel]
        return main.main()


if __name__ == "__main__":
    sys.exit(repair(*sys.argv[1:]))

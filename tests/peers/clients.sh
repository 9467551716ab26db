# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Other people's clients of VMware's library, for contrib/check; sourced by bash,
# after contrib/packages.sh. They are under other licences than ours: fetched, and run,
# never kept.

# What pip has to get, and nothing else: the two bindings, and what makes Python 3 of
# the older one.
clients_wanted()
{
	cat <<-'END'
		vmguestlib==0.1.2 --hash=sha256:aec3eb403d0e45884687b010fc8072127bc018bdb252c75215769bf6cf1e94a1
		vmguestlib-mod==0.1.5 --hash=sha256:71c06104b65c9f72e81e5e9e46a2606fd6eb14b61174139c04e04d4332eb1633
		fissix==24.4.24 --hash=sha256:be7f5c66e9e212bd9b3365c9e8f2453e973d0a645f31c8eba842724adb4c0c50
		appdirs==1.4.4 --hash=sha256:a841dacd6b99318a741b166adb07e19ee71a274450e68237b4650ca1055ab128
	END
}

# clients_bindings_get FOLDER: the bindings for Python, one folder each, with their
# programs. Stops at the first failure.
clients_bindings_get()
{
	local to=$1 name

	rm -rf "$to"
	mkdir -p "$to/packages" "$to/old" "$to/new" "$to/tools" || return
	clients_wanted >"$to/wanted" &&
		pip3 download --no-deps --require-hashes -d "$to/packages" -r "$to/wanted" &&
		tar -xzf "$to"/packages/vmguestlib-0.1.2.tar.gz -C "$to/old" --strip-components=1 &&
		python3 -m zipfile -e "$to"/packages/vmguestlib_mod-*.whl "$to/new" || return
	for name in fissix appdirs; do
		python3 -m zipfile -e "$to"/packages/$name-*.whl "$to/tools" || return
	done
	mkdir "$to/vmguestlib-0.1.2" "$to/vmguestlib-mod-0.1.5" &&
		cp "$to"/old/bin/* "$to/old/vmguestlib.py" "$to/vmguestlib-0.1.2" &&
		cp "$to"/new/*.data/scripts/* "$to/new/vmguestlib.py" "$to/vmguestlib-mod-0.1.5" &&
		XDG_CACHE_HOME=$to/cache PYTHONPATH=$to/tools python3 -m fissix --write \
			--nobackups --no-diffs "$to"/vmguestlib-0.1.2/* &&
		rm -rf "$to"/{packages,wanted,old,new,tools,cache} &&
		touch "$to/complete"
}

# clients_papi_get FOLDER INCLUDE: PAPI, from its source, with its component vmware, by our
# headers; its test of that component.
clients_papi_get()
{
	local to=$1 jobs

	jobs=$(nproc)
	rm -rf "$to"
	packages_upstream "$to" papi || return
	(cd "$to/papi/src" &&
		./configure --with-components=vmware &&
		(cd components/vmware && ./configure --with-vmware_incdir="$2") &&
		make -j "$jobs" -C libpfm4/lib libpfm.a &&
		make -j "$jobs" libpapi.a &&
		cc -w -include unistd.h -I. -Itestlib -o "$to/vmware_basic" components/vmware/tests/vmware_basic.c \
			testlib/test_utils.c testlib/do_loops.c libpapi.a libpfm4/lib/libpfm.a -ldl) &&
		rm -rf "$to"/{papi,packages} &&
		touch "$to/complete"
}

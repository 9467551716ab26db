# SPDX-License-Identifier: MIT
# bash completion for vmguest-stat
_vmguest_stat()
{
	local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
	local findings="vcpus cpu-limit cpu-reservation cpu-denied
		cpu-contention memory-limit memory-reservation memory-wait
		host-swap balloon compression disk numa moves shared-core
		balloon-idle host-swap-old compression-old snapshots
		cpu-limit-inert memory-limit-inert host-info"

	case $previous in
	--accept) COMPREPLY=($(compgen -W "$findings" -- "$word")); return ;;
	--vcpus) COMPREPLY=($(compgen -W "auto" -- "$word")); return ;;
	-S) COMPREPLY=($(compgen -W "k m g" -- "$word")); return ;;
	esac
	COMPREPLY=($(compgen -W "-c -m -H -x -d -N -w -y -n -t -S --utc --json --csv
		--vcpus --color=auto --color=always --color=never --explain
		--from --record --keep --interval --host --accept --doctor
		--check --check=checkmk --check=npd --absent=ok --absent=unknown
		--help --version" -- "$word"))
}
complete -F _vmguest_stat vmguest-stat

# shellcheck shell=dash disable=SC3060 # BusyBox' ash replaces in variables
# Helper programs of OpenRC as functions, with the same words and exit codes: a
# service calls several of them, and each takes 40 ms to start under emulation.
ebegin() { printf ' * %s ...\n' "$*"; }
einfo() { printf ' * %s\n' "$*"; }
eend() {
	local code=${1:-0}
	[ $# -eq 0 ] || shift
	if [ "$code" -eq 0 ]; then
		printf ' [ ok ]\n'
	else
		[ $# -eq 0 ] || eerror "$*"
		printf ' [ !! ]\n'
	fi
	return "$code"
}
shell_var() { printf '%s\n' "${1//[!a-zA-Z0-9_]/_}"; }
# A service is in a state when a file of its name is in the folder of the state.
service_started() { [ -e "$RC_SVCDIR/started/${1:-$RC_SVCNAME}" ]; }
service_starting() { [ -e "$RC_SVCDIR/starting/${1:-$RC_SVCNAME}" ]; }
service_stopping() { [ -e "$RC_SVCDIR/stopping/${1:-$RC_SVCNAME}" ]; }
service_inactive() { [ -e "$RC_SVCDIR/inactive/${1:-$RC_SVCNAME}" ]; }
# Debian's OpenRC looks for LSB headers in every service; Alpine's does not.
lsb2rcconf() { :; }

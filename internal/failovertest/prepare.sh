#!/bin/sh
# Installs what the test of fail-over runs, where it is missing. Debian and Ubuntu; as root. Nothing of it is started.
set -eu
missing=
for want in patroni:patroni etcd:etcd-server ip:iproute2 psql:postgresql-client setpriv:util-linux; do
	command -v "${want%%:*}" >/dev/null || missing="$missing ${want#*:}"
done
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
/usr/bin/python3 -c 'import etcd' 2>/dev/null || missing="$missing python3-etcd"
[ -n "$missing" ] || exit 0
[ "$(id -u)" = 0 ] || { echo "as root: apt-get install --no-install-recommends$missing" >&2; exit 1; }
# The packages would start servers of their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod +x $policy
	trap 'rm $policy' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2086 # a list
apt-get install -qy --no-install-recommends $missing

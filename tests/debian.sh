# shellcheck shell=bash
# Sourced by what takes things from Debian's archive: an apt that is not the machine's own, but reaches
# the network like it. They make the folder $work. DEBIAN_MIRROR=URL overrides the mirror.

PATH=$PATH:/usr/sbin:/sbin
# shellcheck disable=SC2034  # read by those who source this
cache=${VFIO_EARLY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vfio-early}
# Set by those who source this, before they call anything
work=${work:-}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
arch=amd64

say() { echo "${0##*/}: $*" >&2; }
die() {
    say "$@"
    exit 1
}

# Ends the script if a tool or the keyring is missing; each argument is COMMAND:PACKAGE.
need() {
    local tool missing=()
    for tool in "$@"; do
        command -v "${tool%%:*}" >/dev/null || missing+=("${tool%%:*} (package ${tool##*:})")
    done
    [[ -r $keyring ]] || missing+=("$keyring (package debian-archive-keyring)")
    [[ ${#missing[@]} -eq 0 ]] || die "missing: ${missing[*]}; tests/setup installs what is needed"
}

# Debian mirrors to try, best first.
mirrors() {
    if [[ -n ${DEBIAN_MIRROR:-} ]]; then
        echo "${DEBIAN_MIRROR%/}"
        return
    fi
    # apt itself reads both formats of its source lists. Archives of others fall out later, when
    # their signature is not Debian's.
    apt-get update --print-uris 2>/dev/null |
        sed -n "s|^'\([a-z+]*://.*\)/dists/[^/]*/InRelease'.*|\1|p" | awk '!seen[$0]++'
    sed -n 's|^DEF_MIRROR="\{0,1\}\([^"]*\)"\{0,1\}$|\1|p' /usr/sbin/debootstrap 2>/dev/null || true
}

# An apt of our own below $work/apt. It keeps how the machine reaches the network (the Acquire
# settings, also alone in acquire.conf) and nothing else: no hooks, no sources, no pins.
private_apt() {
    local dir=$work/apt
    mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
    {
        apt-config dump | grep '^Acquire::' | grep -v '^Acquire::\(IndexTargets\|Languages\)' || true
        cat <<END
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::Check-Valid-Until "false";
END
    } >"$dir/acquire.conf"
    {
        cat "$dir/acquire.conf"
        cat <<END
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "root";
Dir::State "$dir/state";
Dir::State::status "/dev/null";
Dir::Cache "$dir/cache";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "$dir/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
END
    } >"$dir/apt.conf"
}

# Runs an apt tool with the private configuration.
private() { APT_CONFIG=$work/apt/apt.conf "$@"; }

# Points the private apt at a suite of the first mirror that has it, signed by Debian.
use_suite() {
    local suite=$1 mirror
    while read -r mirror; do
        echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/apt/sources.list"
        if private apt-get -qq --error-on=any update >"$work/apt/log" 2>&1; then
            say "$suite: from $mirror"
            return
        fi
        say "$suite: not from $mirror: $(grep -m1 '^[EW]:' "$work/apt/log" || echo 'apt-get update failed')"
    done < <(mirrors)
    die "no mirror with Debian $suite found; name one: DEBIAN_MIRROR=URL" \
        "(other systems than Debian: install debootstrap, it names the default mirror)"
}

# shellcheck shell=bash
# Completion of vfio-early(8) for bash. Commands, options and arguments are read from `vfio-early --help`, devices from
# `vfio-early list`, so that this file knows only what the values of some of them are.

# A word for each device that `list` prints with these arguments: address, other ways to write it.
_vfio_early_devices() {
    COLUMNS='' "$@" 2>/dev/null | sed -n 's/^  \([0-9a-f]*:[0-9a-f.:]*\)  \([0-9a-f:]*\)  .*/\1 \2/p'
}

# Adds those of the words given that begin as the word at the cursor does.
_vfio_early_offer() {
    local offered
    mapfile -t offered < <(compgen -W "$*" -- "$word")
    COMPREPLY+=("${offered[@]}")
}

# Whether the option takes a value: the usage has `[-o <output>]` for -o, --output.
_vfio_early_takes() {
    [[ $1 == -?* && ($usage == *"[$1 <"* || $usage == *"<${1#--}>]"*) ]]
}

_vfio_early_selectors() {
    local address id shorter=() longer=() ids=()
    while read -r address id; do
        shorter+=("${address#0000:}")
        longer+=("$address")
        ids+=("$id")
    done < <(_vfio_early_devices "$program" "${top[@]}" list "${machine[@]}")
    _vfio_early_offer "${shorter[*]}" "$*"
    ((${#COMPREPLY[@]})) || _vfio_early_offer "${longer[*]}" "${*:+${ids[*]}}"
}

_vfio_early_value() {
    case $1 in
    --driver) _vfio_early_offer auto vfio-pci pci-stub ;;
    --group) _vfio_early_offer listed whole ;;
    --force) _vfio_early_offer boot-disk network display input iommu all ;;
    --kernel) _vfio_early_offer "$(command ls /lib/modules 2>/dev/null)" ;;
    --root)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        ;;
    --machine | --output | -o)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        ;;
    esac
}

_vfio_early_argument() {
    local names
    # shellcheck disable=SC2295 # no pattern
    read -ra names <<<"${usage#*' [--] '}"
    [[ $usage == *' [--] '* ]] || return
    case ${names[$1]:-${names[${#names[@]} - 1]}} in
    *format*) _vfio_early_offer qemu libvirt proxmox incus kubevirt nfd prometheus ;;
    *selectors...*)
        _vfio_early_selectors class:{display,network,nvme,sata,usb,audio} secondary-gpus
        ;;
    *address*) _vfio_early_selectors ;;
    esac
}

_vfio_early() {
    local IFS=$' \t\n' program=$1 line=${COMP_LINE:0:COMP_POINT}
    local words word help usage command='' value='' arguments=0 top=() machine=() cut
    COMPREPLY=()
    # Bash's own words end at a colon.
    read -ra words <<<"$line"
    [[ $line != *[[:blank:]] ]] || words+=('')
    help=$("$program" --help 2>/dev/null) || return
    usage=${help%%$'\n'*}
    for word in "${words[@]:1:${#words[@]} - 2}"; do
        if [[ $value == --root ]]; then
            top=(--root "$word") value=''
        elif [[ $value == --machine ]]; then
            machine=(--machine "$word") value=''
        elif [[ $value ]]; then
            value=''
        elif _vfio_early_takes "$word"; then
            value=$word
        elif [[ $word == -* ]]; then
            continue
        elif [[ $command ]]; then
            ((++arguments))
        else
            command=$word
            help=$("$program" "$command" --help 2>/dev/null) || return
            usage=${help%%$'\n'*}
        fi
    done
    word=${words[${#words[@]} - 1]}
    if [[ $value ]]; then
        _vfio_early_value "$value"
    elif [[ $word == -* ]]; then
        _vfio_early_offer "$(sed -n 's/^  \(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p' <<<"$help")"
    elif [[ $command ]]; then
        _vfio_early_argument "$arguments"
    else
        _vfio_early_offer "$(sed -n '/^Commands:/,$s/^  \([a-z][a-z-]*\).*/\1/p' <<<"$help")"
    fi
    # It replaces what is behind the last colon only.
    if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then
        cut=${word%"${word##*:}"}
        COMPREPLY=("${COMPREPLY[@]#"$cut"}")
    fi
}

complete -F _vfio_early vfio-early

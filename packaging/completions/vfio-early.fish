# Completion of vfio-early(8) for fish. Commands, options and arguments are read from `vfio-early --help`, devices from
# `vfio-early list`, so that this file knows only what the values of some of them are.

# A line NAME, tab, TEXT for each row of the section of the help that begins with this word, its wrapped lines joined.
function __vfio_early_rows --argument-names section
    awk -v section=$section '
        function say() { if (name) print name "\t" text; name = "" }
        /^[A-Z]/ { say(); in_it = index($0, section) == 1 }
        in_it && /^  [^ ]/ {
            say(); name = $1; from = 2
            if (name ~ /^-.,$/) { name = $2; from = 3 }
            if (name == "--help,") { name = "--help"; from = 3 }
            text = ""
            for (i = from; i <= NF; i++) text = text (text ? " " : "") $i
        }
        in_it && /^   / { $1 = $1; text = text " " $0 }
        END { say() }'
end

# Whether the option takes a value: the usage has `[-o <output>]` for -o, --output.
function __vfio_early_takes --argument-names usage word
    string match -q -- '-?*' $word
    and begin
        string match -q -- "*[$word <*" (string replace -a '[' '\[' -- $usage)
        or string match -q -- "*<"(string replace -r '^--' '' -- $word)">]*" $usage
    end
end

# The devices that `list` prints with these arguments, by the word that $field counts, with what they are.
function __vfio_early_devices --argument-names field
    COLUMNS= $argv[2..-1] 2>/dev/null |
        string replace -rf '^  ([0-9a-f]+:[0-9a-f.:]+) +([0-9a-f:]+) +([^ ]+) +(.*)' "\$$field\t\$3: \$4"
end

function __vfio_early_value --argument-names option
    switch $option
        case --driver
            printf '%s\n' auto vfio-pci pci-stub
        case --group
            printf '%s\n' listed whole
        case --force
            printf '%s\n' boot-disk network display input iommu all
        case --kernel
            path basename /lib/modules/*/ 2>/dev/null
        case --root
            __fish_complete_directories (commandline -ct)
        case --machine --output -o
            __fish_complete_path (commandline -ct)
    end
end

function __vfio_early
    set -l words (commandline -opc)
    set -l program $words[1]
    set -l help ($program --help 2>/dev/null)
    set -l command ''
    set -l value ''
    set -l arguments 1
    set -l top
    set -l machine
    for word in $words[2..-1]
        if test -n "$value"
            switch $value
                case --root
                    set top --root $word
                case --machine
                    set machine --machine $word
            end
            set value ''
        else if __vfio_early_takes "$help[1]" $word
            set value $word
        else if string match -q -- '-*' $word
            continue
        else if test -n "$command"
            set arguments (math $arguments + 1)
        else
            set command $word
            set help ($program $command --help 2>/dev/null)
        end
    end
    if test -n "$value"
        __vfio_early_value $value
        return
    end
    if string match -q -- '-*' (commandline -ct)
        printf '%s\n' $help | __vfio_early_rows Options:
        return
    end
    if test -z "$command"
        printf '%s\n' $help | __vfio_early_rows Commands:
        return
    end
    set -l names (string split ' ' -- (string replace -rf '.* \[--\] ' '' -- "$help[1]"))
    set -l name $names[$arguments]
    test -n "$name"
    or set name $names[-1]
    switch "$name"
        case '*format*'
            printf '%s\n' qemu libvirt proxmox incus kubevirt nfd prometheus
        case '*selectors...*'
            __vfio_early_devices 1 $program $top list $machine
            __vfio_early_devices 2 $program $top list $machine
            printf '%s\n' class:{display,network,nvme,sata,usb,audio} secondary-gpus
        case '*address*'
            __vfio_early_devices 1 $program $top list $machine
    end
end

complete -c vfio-early -f -a '(__vfio_early)'

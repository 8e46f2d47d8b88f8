#!/bin/bash
# Puts vfio-early, its configuration, its protect list and the modules of VFIO into the image.
# shellcheck disable=SC2034,SC2154 # the variables are dracut's

check() { require_binaries vfio-early; }

installkernel() {
    # A host-only image would drop modules that are not in use on this host now.
    # shellcheck disable=SC2046 # names of modules: drivers that are asked for, variants of vfio-pci for this machine
    hostonly='' instmods vfio_pci vfio_iommu_type1 pci_stub virtio_pci virtio_iommu \
        $(vfio-early --root "${dracutsysrootdir:-/}" image --modules --kernel "$kernel")
}

install() {
    inst_simple /usr/bin/vfio-early
    inst_multiple -o /etc/vfio-early.conf '/etc/vfio-early.d/*.conf'
    # The devices that this machine needs to boot; where they cannot be determined, the list has a comment about it.
    local list=$initdir/etc/vfio-early.protect
    mkdir -p "$initdir/etc"
    if ! vfio-early --root "${dracutsysrootdir:-/}" protect >"$list" || [[ ! -s $list ]]; then
        # Half a list would give away a disk that the machine needs; without what follows the image claims nothing.
        rm -f "$list"
        dfatal "vfio-early: the list of the devices that this machine needs to boot could not be made"
        return 1
    fi
    chmod 600 "$list"
    if dracut_module_included systemd; then
        inst_simple /usr/lib/systemd/system/vfio-early.service "$systemdsystemunitdir/vfio-early.service"
        mkdir -p "$initdir$systemdsystemunitdir/sysinit.target.wants"
        ln_r "$systemdsystemunitdir/vfio-early.service" "$systemdsystemunitdir/sysinit.target.wants/vfio-early.service"
    else
        # Before cmdline/01, which loads the drivers that force_drivers and rd.driver.pre name.
        inst_hook cmdline 00 "$moddir/vfio-early.sh"
    fi
}

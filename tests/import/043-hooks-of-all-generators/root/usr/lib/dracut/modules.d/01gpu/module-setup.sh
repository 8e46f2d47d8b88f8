#!/bin/bash
check() { return 0; }
install() {
    inst_hook cmdline 00 "$moddir/take.sh"
    inst_simple "$moddir/list" /etc/gpu-list
}
installkernel() {
    hostonly='' instmods vfio-pci vfio_iommu_type1
}

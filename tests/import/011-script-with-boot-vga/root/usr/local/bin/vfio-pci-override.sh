#!/bin/sh
# every boot_vga that is 0
for i in /sys/bus/pci/devices/*/boot_vga; do
    if [ "$(cat "$i")" -eq 0 ]; then
        echo vfio-pci >"${i%/boot_vga}/driver_override"
    fi
done
modprobe -i vfio-pci

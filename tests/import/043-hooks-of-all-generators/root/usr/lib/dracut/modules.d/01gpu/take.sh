#!/bin/sh
while read -r d; do
    echo vfio-pci > /sys/bus/pci/devices/$d/driver_override
done < /etc/gpu-list

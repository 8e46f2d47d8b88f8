#!/bin/sh
echo vfio-pci > /sys/bus/pci/devices/$1/driver_override

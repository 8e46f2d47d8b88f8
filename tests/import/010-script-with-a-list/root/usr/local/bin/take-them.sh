#!/bin/sh
DEVS="0000:03:00.0 0000:03:00.1" # the card
if [ -n "$DEVS" ]; then
    for DEV in $DEVS; do
        echo vfio-pci >/sys/bus/pci/devices/"$DEV"/driver_override
    done
fi

#!/bin/sh
# Sourced by dracut: nothing here may exit or leave a variable behind.
if [ -x /usr/bin/vfio-early ]; then
    /usr/bin/vfio-early claim || :
else
    echo "vfio-early: /usr/bin/vfio-early is missing from this image; nothing is claimed" >&2
fi

#!/bin/sh
# Starts alpine-k8s with the Node that lies beside it. This file may be reached through links.
file=$0
while [ -L "$file" ]; do
  target=$(readlink "$file")
  case $target in
    /*) file=$target ;;
    *) file=$(dirname "$file")/$target ;;
  esac
done
folder=$(dirname "$file")
exec "$folder/node/node" "$folder/bin/run.js" "$@"

@echo off
rem Starts alpine-k8s with the Node that lies beside it.
"%~dp0node\node.exe" "%~dp0bin\run.js" %*

@echo off
rem Runs vmguest-execd in every way and keeps in report.txt what it says: for a report
rem that it works, or how it does not. Nothing in it names this machine.
cd /d "%~dp0"
ver >report.txt
vmguest-execd --version >>report.txt 2>&1
echo Status %errorlevel%, wanted 0: version >>report.txt
vmguest-execd --once >>report.txt 2>&1
echo Status %errorlevel%, wanted 0: once >>report.txt
echo newline| vmguest-execd --signal stdin >>report.txt 2>&1
echo Status %errorlevel%, wanted 0: a newline >>report.txt
vmguest-execd --once --format json >>report.txt 2>&1
echo Status %errorlevel%, wanted 0: JSON >>report.txt
vmguest-execd --once --format prometheus --output "report file.prom" >>report.txt 2>&1
echo Status %errorlevel%, wanted 0: a file >>report.txt
vmguest-execd --once --format prometheus --output "report file.prom" >>report.txt 2>&1
echo Status %errorlevel%, wanted 0: a file, replaced >>report.txt
type "report file.prom" >>report.txt
del "report file.prom"
vmguest-execd --signal usr1 >>report.txt 2>&1
echo Status %errorlevel%, wanted 2: a signal >>report.txt
type report.txt

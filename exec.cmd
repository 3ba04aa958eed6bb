@rem The scripts of package.json begin with exec, so that a shell gives way to Node and signals reach it. cmd.exe has no exec.
@%*

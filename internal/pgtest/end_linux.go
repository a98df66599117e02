package pgtest

import "syscall"

// endWithUs makes a process end when this one does, however that ends.
func endWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT} }

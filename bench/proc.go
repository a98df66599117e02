//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of processor times in /proc, which Linux fixes for programs at 1/100 s.
const clockTick = 10 * time.Millisecond

// processorTime gives user and system time of a process so far; zero when there is no such process.
func processorTime(pid int) time.Duration {
	return statTime(pid, 11, 12)
}

// familyTime gives the same of a process and all that it started directly, those included that have ended: of a
// PostgreSQL server, whose work its children do.
func familyTime(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	sum := statTime(pid, 11, 12, 13, 14)
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for _, child := range bytes.Fields(children) {
		id, _ := strconv.Atoi(string(child))
		sum += processorTime(id)
	}
	return sum
}

// statTime adds up times of a process, by their place behind its name.
func statTime(pid int, places ...int) (sum time.Duration) {
	if pid == 0 {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The second field is the program's name in brackets, which may hold spaces.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	for _, at := range places {
		if at < len(fields) {
			n, _ := strconv.ParseInt(string(fields[at]), 10, 64)
			sum += time.Duration(n) * clockTick
		}
	}
	return sum
}

// peakMemory gives the most memory in bytes that a process has had resident; zero when there is no
// such process. (The maximum that wait reports would include the parent's, from before exec.)
func peakMemory(pid int) int64 {
	return procField(fmt.Sprintf("/proc/%d/status", pid), "VmHWM:") << 10
}

// procField reads the first number after a name at the start of a line.
func procField(file, name string) int64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			if fields := strings.Fields(rest); len(fields) > 0 {
				n, _ := strconv.ParseInt(fields[0], 10, 64)
				return n
			}
		}
	}
	return 0
}

// machine describes where the benchmark runs.
func machine(dir string) string {
	model := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "model name"); ok {
				model = strings.Trim(rest, " \t:\n")
				break
			}
		}
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%d cores (%s), %.0f GiB, Linux %s, %s, %s",
		processors(), model, float64(procField("/proc/meminfo", "MemTotal:"))/(1<<20),
		strings.TrimSpace(string(kernel)), goVersion(), fileSystem(dir))
}

// fileSystem names the type of the file system that holds dir, by the longest mount point.
func fileSystem(dir string) string {
	mounts, _ := os.ReadFile("/proc/mounts")
	kind, longest := "unknown file system", -1
	for line := range strings.Lines(string(mounts)) {
		f := strings.Fields(line)
		if len(f) < 3 {
			continue
		}
		inside := dir == f[1] || strings.HasPrefix(dir, strings.TrimSuffix(f[1], "/")+"/")
		if inside && len(f[1]) > longest {
			kind, longest = f[2], len(f[1])
		}
	}
	return kind
}

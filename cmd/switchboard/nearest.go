package main

import "strings"

// nearest gives the name that someone who wrote word most likely meant: one that word begins, or
// the one with the fewest edits to it, at most one in three letters and never more than three.
func nearest(word string, names []string) (string, bool) {
	best, fewest := "", min(3, (len(word)+1)/3)+1
	for _, name := range names {
		if len(word) > 1 && strings.HasPrefix(name, word) {
			return name, true
		}
		if d := distance(word, name); d < fewest {
			best, fewest = name, d
		}
	}
	return best, best != ""
}

// distance counts the insertions, deletions, replacements and swaps of neighbours between a and b.
func distance(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}

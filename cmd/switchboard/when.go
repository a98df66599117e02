package main

import "time"

// whenFlag reads the value of a flag that is a time, or a day of which it is the beginning; zero for "".
func whenFlag(path, name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := parseWhen(text)
	if err != nil {
		return t, usageError(path, "--%s cannot be %q: it must be a day like 2027-01-31, which begins at 00:00 UTC, or a time like 2027-01-31T18:30:00+05:30", name, text)
	}
	return t, nil
}

func parseWhen(text string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339, text)
}

// Package lineartest asks real servers, one or several over one database, for decisions while others switch services
// and place and lift blocks, kills them again and again, and checks that every answer fits one order of all that
// happened: no decision is ever stale, and no change that was answered is lost. It is tests alone.
package lineartest

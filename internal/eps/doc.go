// Package eps is the EPS dialect over HTTP: it authenticates, decodes, validates, calls one use
// case of package registry and answers, exactly as clients of Eko Platform Services expect. It
// holds the wire's numbers and spellings and no rule of the business.
package eps

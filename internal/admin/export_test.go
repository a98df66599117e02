package admin

// Patterns gives the routes of the API.
func Patterns() []string { return New(Config{}).patterns }

// OpenPatterns gives those besides that ask nobody who they are.
func OpenPatterns() []string { return New(Config{}).open }

// RolePatterns gives the routes whose roles are not the rule.
func RolePatterns() (list []string) {
	for pattern := range routeRoles {
		list = append(list, pattern)
	}
	return list
}

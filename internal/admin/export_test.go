package admin

// Patterns gives the routes of the API.
func Patterns() []string { return New(Config{}).patterns }

// RolePatterns gives the routes whose roles are not the rule.
func RolePatterns() (list []string) {
	for pattern := range routeRoles {
		list = append(list, pattern)
	}
	return list
}

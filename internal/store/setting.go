package store

// SettingTx keeps the few values that belong to the database itself.
type SettingTx interface {
	// Setting gives a value, "" when it was never set.
	Setting(name string) (string, error)

	// SetSetting sets a value.
	SetSetting(name, value string) error
}

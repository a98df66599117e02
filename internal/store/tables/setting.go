package tables

// Setting implements store.SettingTx.
func (t *Tx) Setting(name string) (string, error) {
	q := t.c.Prepare(`SELECT value FROM settings WHERE name = ?`)
	if q.Text(name); !q.Next() {
		return "", q.Err
	}
	value := q.Str()
	return value, q.Done()
}

// SetSetting implements store.SettingTx.
func (t *Tx) SetSetting(name, value string) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.Prepare(`INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`)
	return q.Text(name, value).Run()
}

package sqlite

// Setting implements store.SettingTx.
func (t *tx) Setting(name string) (string, error) {
	q := t.c.prepare(`SELECT value FROM settings WHERE name = ?`)
	if q.text(name); !q.next() {
		return "", wrap(q.err)
	}
	value := q.str()
	return value, q.done()
}

// SetSetting implements store.SettingTx.
func (t *tx) SetSetting(name, value string) error {
	if err := t.write(""); err != nil {
		return err
	}
	q := t.c.prepare(`INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`)
	return q.text(name, value).run()
}

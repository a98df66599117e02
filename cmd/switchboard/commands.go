package main

// commands is the whole tree. A new command is a function that returns a *command, in a file of
// its own, and a line here; help lists them in this order.
func commands() *command {
	return &command{
		name:  "switchboard",
		short: "Switchboard decides who may do what, on which device, in a network of agents",
		subcommands: []*command{
			sandboxCommand(),
			initCommand(),
			serveCommand(),
			partnerCommand(),
			agentCommand(),
			serviceCommand(),
			activationCommand(),
			blockCommand(),
			rehearseCommand(),
			decideCommand(),
			channelCommand(),
			memberCommand(),
			bulkCommand(),
			switchCommand(),
			operatorCommand(),
			findCommand(),
			auditCommand(),
			eventsCommand(),
			activityCommand(),
			webhookCommand(),
			backupCommand(),
			restoreCommand(),
			copyCommand(),
			migrateCommand(),
			doctorCommand(),
			signCommand(),
			configCommand(),
			versionCommand(),
		},
	}
}

internal import Directory
internal import MailStore
internal import MailTypes
internal import SieveLanguage

extension ScriptList {
    package func perform(on system: AdministeredSystem) async throws -> [Row] {
        let account = try system.account(self.address)
        return try await system.store.scripts(of: account.id).map { script in
            Row(
                name: script.name,
                octets: script.octets,
                isActive: script.isActive,
                changedAt: describe(script.changedAt)
            )
        }
    }
}

extension ScriptShow {
    package func perform(on system: AdministeredSystem) async throws -> Output {
        let account = try system.account(self.address)
        let scripts = try await system.store.scripts(of: account.id)
        guard let name = self.script ?? scripts.first(where: \.isActive)?.name else {
            throw OperationError("\(self.address) has no active script. See: martlet sieve list \(self.address)")
        }
        guard let text = try await system.store.script(name, of: account.id) else { throw noSuchScript(name, address) }
        return Output(name: name, text: String(decoding: text, as: UTF8.self))
    }
}

extension ScriptPut {
    package func perform(on system: AdministeredSystem) async throws -> Done {
        let account = try system.account(self.address)
        var (compiler, quota) = system.scriptRules()
        compiler.redirectConcern = RedirectConcern(system.directory, hasRoute: system.hasRoute).concern
        let compilation = compiler.compile(Array(self.text.utf8), name: self.script)
        guard compilation.program != nil else {
            let errors = compilation.diagnostics.map(\.description).joined(separator: "\n")
            throw OperationError("The script was not kept; it has mistakes:\n\(errors)")
        }
        try await explainingRefusal(self.script, self.address) {
            let text = Array(self.text.utf8)
            try await system.store.putScript(self.script, text: text, of: account.id, quota: quota)
            if self.activates { try await system.store.activateScript(self.script, of: account.id) }
        }
        let warnings = compilation.warnings.map { "\n\($0)" }.joined()
        let state = self.activates ? "kept and active" : "kept"
        return Done("The script '\(self.script)' of \(account.address) is \(state).\(warnings)")
    }
}

extension ScriptActivate {
    package func perform(on system: AdministeredSystem) async throws -> Done {
        let account = try system.account(self.address)
        try await explainingRefusal(self.script ?? "", self.address) {
            try await system.store.activateScript(self.script, of: account.id)
        }
        guard let script = self.script else { return Done("No script of \(account.address) is active.") }
        return Done("The script '\(script)' of \(account.address) is active.")
    }
}

extension ScriptRemove {
    package func perform(on system: AdministeredSystem) async throws -> Done {
        let account = try system.account(self.address)
        try await explainingRefusal(self.script, self.address) {
            try await system.store.removeScript(self.script, of: account.id)
        }
        return Done("The script '\(self.script)' of \(account.address) is gone.")
    }
}

private func noSuchScript(_ script: String, _ address: String) -> OperationError {
    OperationError("\(address) has no script '\(script)'. See: martlet sieve list \(address)")
}

/// Says what to do where the store declines.
private func explainingRefusal(_ script: String, _ address: String, _ work: () async throws -> Void) async throws {
    do {
        try await work()
    } catch let error as ScriptError {
        throw switch error {
        case .noSuchAccount: OperationError("There is no mail store for \(address)")
        case .noSuchScript: noSuchScript(script, address)
        case .scriptExists: OperationError("\(address) has a script '\(script)' already")
        case .scriptIsActive:
            OperationError("'\(script)' is active. First: martlet sieve deactivate \(address)")
        case .invalidName: OperationError("'\(script)' cannot be the name of a script")
        case .tooManyScripts: OperationError("\(address) has as many scripts as it may keep")
        case .scriptsTooLarge: OperationError("The scripts of \(address) are as large as they may be")
        }
    }
}

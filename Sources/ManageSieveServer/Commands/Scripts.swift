internal import Directory
internal import MailStore
internal import MailTypes
internal import ManageSieveWire
internal import NIOCore

/// The commands that wait for the store: LISTSCRIPTS, SETACTIVE, GETSCRIPT, DELETESCRIPT, RENAMESCRIPT and those of
/// `PutScript.swift`. RFC 5804 §2.5 to §2.12.
extension ManageSieveConnection {
    /// Carries out a command the state machine allowed, and answers it.
    func perform(_ command: ManageSieveCommand) async {
        guard let account = self.user?.account else { preconditionFailure("a command of nobody's") }
        do {
            try await self.perform(command, account)
        } catch {
            // What fails because the account went while the command ran is no failure of ours.
            if self.endsWithAccount() { return }
            let (reply, isFailure) = ManageSieveReply.answer(to: error)
            if isFailure { self.noteFailure(error, doing: "command") }
            self.output.writeManageSieveReply(reply)
        }
    }

    private func perform(_ command: ManageSieveCommand, _ account: AccountID) async throws {
        switch command {
        case .haveSpace(let name, let octets): try await self.haveSpace(name, octets, account)
        case .putScript(let name, let text): try await self.putScript(name, text, account)
        case .checkScript(let text): try await self.checkScript(text)
        case .listScripts: try await self.listScripts(account)
        case .setActive(let name): try await self.setActive(name, account)
        case .getScript(let name): try await self.getScript(name, account)
        case .deleteScript(let name): try await self.deleteScript(name, account)
        case .renameScript(let name, let new): try await self.renameScript(name, to: new, account)
        case .authenticate, .startTLS, .logout, .capability, .noop, .unauthenticate:
            preconditionFailure("a command that is carried out at once came as work")
        }
    }

    private func listScripts(_ account: AccountID) async throws {
        for script in try await self.service.store.scripts(of: account) {
            self.output.writeManageSieveScript(script.name, isActive: script.isActive)
        }
        self.output.writeManageSieveReply(.done("LISTSCRIPTS completed"))
    }

    private func setActive(_ name: ManageSieveScriptName?, _ account: AccountID) async throws {
        try await self.service.store.activateScript(name?.text, of: account)
        self.output.writeManageSieveReply(.done("SETACTIVE completed"))
    }

    private func getScript(_ name: ManageSieveScriptName, _ account: AccountID) async throws {
        guard let script = try await self.service.store.script(name.text, of: account) else {
            throw ScriptError.noSuchScript
        }
        self.output.writeManageSieveScript(script)
        self.output.writeManageSieveReply(.done("GETSCRIPT completed"))
    }

    private func deleteScript(_ name: ManageSieveScriptName, _ account: AccountID) async throws {
        try await self.service.store.removeScript(name.text, of: account)
        self.output.writeManageSieveReply(.done("DELETESCRIPT completed"))
    }

    private func renameScript(
        _ name: ManageSieveScriptName,
        to new: ManageSieveScriptName,
        _ account: AccountID
    ) async throws {
        try await self.service.store.renameScript(name.text, to: new.text, of: account)
        self.output.writeManageSieveReply(.done("RENAMESCRIPT completed"))
    }
}

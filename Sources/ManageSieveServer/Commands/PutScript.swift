internal import MailStore
internal import MailTypes
internal import ManageSieveWire
internal import NIOCore
internal import SieveLanguage

/// PUTSCRIPT, CHECKSCRIPT and HAVESPACE: what may be kept. RFC 5804 §2.5, §2.6, §2.12.
extension ManageSieveConnection {
    /// A script that has errors is not kept; one with warnings is.
    func putScript(_ name: ManageSieveScriptName, _ text: ByteBuffer, _ account: AccountID) async throws {
        let script = try self.script(text)
        let quota = self.service.configuration.quota
        // What there is no room for need not be checked.
        try await self.service.store.requireRoomForScript(name.text, octets: script.count, of: account, quota: quota)
        let compilation = try await self.check(script)
        try await self.service.store.putScript(name.text, text: script, of: account, quota: quota)
        self.output.writeManageSieveReply(.checked(compilation, done: "PUTSCRIPT completed"))
    }

    func checkScript(_ text: ByteBuffer) async throws {
        let compilation = try await self.check(try self.script(text))
        self.output.writeManageSieveReply(.checked(compilation, done: "CHECKSCRIPT completed"))
    }

    func haveSpace(_ name: ManageSieveScriptName, _ octets: Int, _ account: AccountID) async throws {
        guard octets <= self.service.configuration.scriptOctetsMax else { throw ManageSieveReply.scriptTooLarge }
        try await self.service.store.requireRoomForScript(
            name.text,
            octets: octets,
            of: account,
            quota: self.service.configuration.quota
        )
        self.output.writeManageSieveReply(.done("HAVESPACE completed"))
    }

    private func script(_ text: ByteBuffer) throws(ManageSieveReply) -> [UInt8] {
        guard text.readableBytes <= self.service.configuration.scriptOctetsMax else { throw .scriptTooLarge }
        return Array(buffer: text)
    }

    private func check(_ script: [UInt8]) async throws(ManageSieveReply) -> SieveCompilation {
        guard let compilation = await self.service.checker.check(script) else { throw .checksUnavailable }
        guard compilation.program != nil else { throw .errors(in: compilation) }
        return compilation
    }
}

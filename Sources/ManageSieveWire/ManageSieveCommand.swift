package import NIOCore

/// One client command, read whole and found to be well formed. RFC 5804 §2.
package enum ManageSieveCommand: Hashable, Sendable {
    /// The mechanism in capitals; the initial response still in base64.
    case authenticate(mechanism: String, initialResponse: ByteBuffer?)
    case startTLS
    case logout
    case capability
    /// Whether a script of so many octets would fit.
    case haveSpace(ManageSieveScriptName, octets: Int)
    /// The script as it came, perhaps not UTF-8.
    case putScript(ManageSieveScriptName, ByteBuffer)
    case listScripts
    /// `nil` for no active script.
    case setActive(ManageSieveScriptName?)
    case getScript(ManageSieveScriptName)
    case deleteScript(ManageSieveScriptName)
    case renameScript(ManageSieveScriptName, to: ManageSieveScriptName)
    case checkScript(ByteBuffer)
    /// What the answer is to repeat.
    case noop(tag: ByteBuffer?)
    case unauthenticate
}

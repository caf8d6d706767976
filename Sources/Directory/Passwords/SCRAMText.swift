internal import MailBytes
internal import SASL

/// SCRAM's keys as text: `<iterations>,<salt>,<StoredKey>,<ServerKey>`, the last three in base64; also Dovecot's form.
enum SCRAMText {
    static let iterations = 4_096...10_000_000
    static let saltOctets = 8...64

    static func write(_ credentials: SCRAMCredentials) -> String {
        let fields = [credentials.salt, credentials.storedKey, credentials.serverKey].map { Base64.encode($0) }
        return "\(credentials.iterations),\(fields.joined(separator: ","))"
    }

    static func read(_ text: some StringProtocol) -> SCRAMCredentials? {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == 4, let iterations = Int(fields[0]), Self.iterations.contains(iterations),
            let salt = Base64.decode(fields[1]), Self.saltOctets.contains(salt.count),
            let storedKey = Base64.decode(fields[2]), storedKey.count == 32,
            let serverKey = Base64.decode(fields[3]), serverKey.count == 32
        else { return nil }
        return SCRAMCredentials(salt: salt, iterations: iterations, storedKey: storedKey, serverKey: serverKey)
    }
}

/// What a host found about a message's sender: one Authentication-Results field. RFC 8601 §2.
///
///     Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=example.com;
///         dkim=pass header.d=example.com header.s=s1
package struct AuthenticationResults: Hashable, Sendable {
    /// Whose word this is: the authserv-id.
    package var host: String
    /// In the order of the field; empty for a field that says `none`.
    package var results: [MethodResult]

    package init(host: String, results: [MethodResult]) {
        self.host = host
        self.results = results
    }

    /// What one method found.
    package struct MethodResult: Hashable, Sendable {
        /// `spf`, `dkim`, `dmarc`, `arc` …
        package var method: String
        /// `pass`, `fail` …; methods of others have words of their own.
        package var result: String
        package var reason: String?
        package var properties: [Property]

        package init(_ method: String, _ result: String, reason: String? = nil, properties: [Property] = []) {
            self.method = method
            self.result = result
            self.reason = reason
            self.properties = properties
        }

        /// The value of `type.name`, if it is there.
        package func property(_ type: String, _ name: String) -> String? {
            self.properties.first { $0.type == type && $0.name == name }?.value
        }
    }

    /// What the result is about: `header.d=example.com`.
    package struct Property: Hashable, Sendable {
        package var type: String
        package var name: String
        package var value: String

        package init(_ type: String, _ name: String, _ value: String) {
            self.type = type
            self.name = name
            self.value = value
        }
    }

    /// The field with its last CRLF, in lines of at most 78 characters where words allow it.
    package func field(name: String = "Authentication-Results") -> [UInt8] {
        self.write(FoldedField(name)).finish()
    }

    func write(_ start: FoldedField) -> FoldedField {
        var field = start
        field.add("\(HeaderToken.quoted(self.host));")
        guard !self.results.isEmpty else {
            field.add("none")
            return field
        }
        for (position, result) in self.results.enumerated() {
            var words = ["\(HeaderToken.keyword(result.method))=\(HeaderToken.keyword(result.result))"]
            if let reason = result.reason { words.append("reason=\(HeaderToken.quotedString(reason))") }
            words += result.properties.map {
                let name = "\(HeaderToken.keyword($0.type)).\(HeaderToken.keyword($0.name))"
                return "\(name)=\(HeaderToken.propertyValue($0.value))"
            }
            if position + 1 < self.results.count { words[words.count - 1] += ";" }
            for word in words { field.add(word) }
        }
        return field
    }
}

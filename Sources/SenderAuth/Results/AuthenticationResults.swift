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
        field.beginWord()
        field.putQuoted(self.host)
        field.put(";")
        field.endWord()
        guard !self.results.isEmpty else {
            field.add("none")
            return field
        }
        for (position, result) in self.results.enumerated() {
            self.write(result, isLast: position + 1 == self.results.count, to: &field)
        }
        return field
    }

    private func write(_ result: MethodResult, isLast: Bool, to field: inout FoldedField) {
        field.beginWord()
        field.putKeyword(result.method)
        field.put("=")
        field.putKeyword(result.result)
        if let reason = result.reason {
            field.endWord()
            field.beginWord()
            field.put("reason=")
            field.putQuotedString(reason)
        }
        for property in result.properties {
            field.endWord()
            field.beginWord()
            field.putKeyword(property.type)
            field.put(".")
            field.putKeyword(property.name)
            field.put("=")
            field.putPropertyValue(property.value)
        }
        if !isLast { field.put(";") }
        field.endWord()
    }
}

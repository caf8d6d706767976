internal import CSQLite
package import NIOCore

/// A prepared statement of one connection; parameters count from 1, columns from 0.
///
/// Use it only inside the operation it was asked for. After ``step()`` has given a row, its columns may be read until
/// the next step; a statement that gave rows must be ended by ``reset()``, which the helpers do by themselves.
@safe
package struct Statement {
    let handle: OpaquePointer
    let connection: Connection

    /// See ``Database/stepCount``.
    var stepCount: Int { Int(unsafe sqlite3_stmt_status(self.handle, SQLITE_STMTSTATUS_VM_STEP, 0)) }

    package func bind(_ value: Int64, at index: Int32) {
        self.require(unsafe sqlite3_bind_int64(self.handle, index, value))
    }

    package func bind(_ value: Int, at index: Int32) {
        self.bind(Int64(value), at: index)
    }

    package func bind(_ value: Int64?, at index: Int32) {
        if let value { self.bind(value, at: index) } else { self.bindNull(at: index) }
    }

    package func bindNull(at index: Int32) {
        self.require(unsafe sqlite3_bind_null(self.handle, index))
    }

    package func bind(_ text: String, at index: Int32) {
        var text = text
        let result = text.withUTF8 { bytes in
            let start = unsafe UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
            return unsafe sqlite3_bind_text(self.handle, index, start ?? Self.empty, Int32(bytes.count), Self.copying)
        }
        self.require(result)
    }

    package func bind(_ text: String?, at index: Int32) {
        if let text { self.bind(text, at: index) } else { self.bindNull(at: index) }
    }

    package func bind(_ bytes: [UInt8], at index: Int32) {
        self.require(unsafe bytes.withUnsafeBytes { unsafe self.bindBlob($0, at: index, Self.copying) })
    }

    /// Binds the readable bytes; they are copied.
    package func bind(_ buffer: ByteBuffer, at index: Int32) {
        self.require(unsafe buffer.withUnsafeReadableBytes { unsafe self.bindBlob($0, at: index, Self.copying) })
    }

    /// Runs the statement to its end with a blob that is not copied, and resets it.
    package func run(withBlob buffer: ByteBuffer, at index: Int32) throws(StorageError) {
        let result = unsafe buffer.withUnsafeReadableBytes { bytes in
            self.require(unsafe self.bindBlob(bytes, at: index, nil))
            return self.stepToEnd()
        }
        unsafe sqlite3_bind_null(self.handle, index)
        try self.finish(result)
    }

    /// Runs the statement to its end with a blob that is not copied, and resets it.
    package func run(withBlob bytes: [UInt8], at index: Int32) throws(StorageError) {
        let result = unsafe bytes.withUnsafeBytes { bytes in
            self.require(unsafe self.bindBlob(bytes, at: index, nil))
            return self.stepToEnd()
        }
        unsafe sqlite3_bind_null(self.handle, index)
        try self.finish(result)
    }

    /// Runs the statement to its end, reading no rows, and resets it. Bindings stay.
    package func run() throws(StorageError) {
        try self.finish(self.stepToEnd())
    }

    /// The next row; `false` when there is none.
    package func step() throws(StorageError) -> Bool {
        let result = unsafe sqlite3_step(self.handle)
        if result == SQLITE_ROW { return true }
        if result == SQLITE_DONE { return false }
        let error = self.connection.error(result, "step")
        self.reset()
        throw error
    }

    package func reset() {
        unsafe sqlite3_reset(self.handle)
    }

    /// What `read` makes of the first row, or `nil` without one. Later rows are not looked at.
    package func first<R>(_ read: (Statement) throws -> R) throws -> R? {
        defer { self.reset() }
        return try self.step() ? try read(self) : nil
    }

    package func eachRow(_ read: (Statement) throws -> Void) throws {
        defer { self.reset() }
        while try self.step() { try read(self) }
    }

    package func int(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(self.handle, column) }

    package func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(self.handle, column) == SQLITE_NULL }

    /// The integer, or `nil` for NULL.
    package func optionalInt(_ column: Int32) -> Int64? { self.isNull(column) ? nil : self.int(column) }

    /// The text, empty for NULL.
    package func text(_ column: Int32) -> String {
        unsafe self.withColumnBytes(column) { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// A copy of the blob.
    package func blob(_ column: Int32) -> ByteBuffer {
        unsafe self.withColumnBytes(column) { unsafe ByteBuffer(bytes: $0) }
    }

    /// The blob's length.
    package func octets(_ column: Int32) -> Int { Int(unsafe sqlite3_column_bytes(self.handle, column)) }

    /// The blob or text as it lies in SQLite's memory, valid inside `body` only.
    package func withBlob<R>(_ column: Int32, _ body: (Span<UInt8>) throws -> R) rethrows -> R {
        try unsafe self.withColumnBytes(column) { bytes in
            try unsafe body(Span(_unsafeElements: bytes.bindMemory(to: UInt8.self)))
        }
    }

    private func withColumnBytes<R>(_ column: Int32, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        // The pointer must be asked for before the length: asking for it may convert the value.
        let start = unsafe sqlite3_column_blob(self.handle, column)
        let count = Int(unsafe sqlite3_column_bytes(self.handle, column))
        return try unsafe body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }

    private func bindBlob(
        _ bytes: UnsafeRawBufferPointer,
        at index: Int32,
        _ destructor: sqlite3_destructor_type?
    ) -> Int32 {
        guard let start = bytes.baseAddress, bytes.count > 0 else {
            return unsafe sqlite3_bind_zeroblob(self.handle, index, 0)
        }
        return unsafe sqlite3_bind_blob64(self.handle, index, start, UInt64(bytes.count), destructor)
    }

    private func stepToEnd() -> Int32 {
        while true {
            let result = unsafe sqlite3_step(self.handle)
            if result != SQLITE_ROW { return result }
        }
    }

    private func finish(_ result: Int32) throws(StorageError) {
        guard result != SQLITE_DONE else {
            self.reset()
            return
        }
        let error = self.connection.error(result, "step")
        self.reset()
        throw error
    }

    /// A bind fails only for a wrong index, a statement in use, or no memory: none of which is for the caller to
    /// handle.
    private func require(_ result: Int32) {
        precondition(result == SQLITE_OK, "a statement was bound wrongly")
    }

    /// `SQLITE_TRANSIENT`: SQLite copies what is bound.
    private static var copying: sqlite3_destructor_type { unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    private static var empty: UnsafePointer<CChar> {
        unsafe UnsafeRawPointer(("" as StaticString).utf8Start).assumingMemoryBound(to: CChar.self)
    }
}

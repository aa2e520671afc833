import Glibc

/// One number through C's `printf`, whose output depends on nothing but the C locale.
func formatted(_ format: String, _ value: Double) -> String {
  withVaList([value]) { arguments in
    var buffer = [CChar](repeating: 0, count: 400)  // %f of the largest double has 309 digits
    let length = Int(vsnprintf(&buffer, buffer.count, format, arguments))
    return String(
      decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// A number as written.
public enum Number: Sendable, Equatable {
  case integer(Int)
  case float(Double)

  public var double: Double {
    switch self {
    case .integer(let value): Double(value)
    case .float(let value): value
    }
  }
}

/// What may stand directly behind a number.
public enum NumberUnit: String, Sendable, CaseIterable {
  case milliseconds = "ms"
  case seconds = "s"
  case minutes = "m"
  case hours = "h"
  case kilobytes = "KB"
  case megabytes = "MB"
  case gigabytes = "GB"
  case kibibytes = "KiB"
  case mebibytes = "MiB"
  case gibibytes = "GiB"
  case thousand = "k"
  case million = "M"

  public enum Dimension: Sendable { case time, bytes, count }

  public var dimension: Dimension {
    switch self {
    case .milliseconds, .seconds, .minutes, .hours: .time
    case .thousand, .million: .count
    default: .bytes
    }
  }

  /// How many seconds, bytes or ones the unit is; a millisecond is a thousandth.
  public var factor: Double {
    switch self {
    case .milliseconds: 1e-3
    case .seconds: 1
    case .minutes: 60
    case .hours: 3600
    case .kilobytes, .thousand: 1e3
    case .megabytes, .million: 1e6
    case .gigabytes: 1e9
    case .kibibytes: 1024
    case .mebibytes: 1_048_576
    case .gibibytes: 1_073_741_824
    }
  }
}

/// A number with its unit: `30s`, `64KiB`, `1.5k`.
public struct Quantity: Sendable, Equatable {
  public let number: Number
  public let unit: NumberUnit

  public init(number: Number, unit: NumberUnit) {
    self.number = number
    self.unit = unit
  }

  /// In seconds (always a float), bytes or ones (an integer where it is whole: `1.5k` is 1500).
  public var value: Number {
    let scaled =
      unit == .milliseconds ? number.double / 1000 : number.double * unit.factor
    if unit.dimension == .time { return .float(scaled) }
    if case .integer(let whole) = number {
      let (product, overflow) = whole.multipliedReportingOverflow(by: Int(unit.factor))
      return overflow ? .float(scaled) : .integer(product)
    }
    return Int(exactly: scaled).map(Number.integer) ?? .float(scaled)
  }
}

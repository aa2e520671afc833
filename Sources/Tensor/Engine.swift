import CKernels
import CKernelsExact

/// How floating-point work is done: `fast` uses the BLAS and may contract; `exact` gives the same
/// bits on every machine and for any number of threads.
public enum Math: String, Sendable { case fast, exact }

/// The raw operations. Each is out of place and allocates its result from the pool.
///
/// Operands of one operation have one type; `bf16` is widened to `f32` and the result rounded back.
/// Every mistake in the arguments is thrown as a `TensorError`.
public struct Engine: Sendable {
  public let math: Math

  public init(math: Math = .fast) { self.math = math }

  /// Threads of the process's one pool, the caller's included.
  public static func setThreads(_ count: Int) { ck_set_threads(Int32(clamping: count)) }
  public static var threads: Int { Int(ck_threads()) }
  /// The most that this machine was seen to do just now: f32 operations a second (a multiply-add is
  /// two) and bytes read from memory a second.
  public static func machineLimits() -> (operations: Double, bytes: Double) {
    (ck_fma_rate(), ck_read_rate())
  }

  /// Has long kernels ask `check` and stop where they are. Their results are unfinished then: who sets a check must
  /// ask it behind each operation, before anything is kept.
  public static func setStopCheck(_ check: (@convention(c) () -> Bool)?) {
    ck_set_stop_check(check)
  }

  /// The kernels for a floating type.
  func kernels(_ dtype: DType, _ operation: String) throws -> ck_kernels {
    var table = math == .fast ? ck_fast_table() : cke_exact_table()
    if ck_is_rehearsal() != 0 { table = ck_rehearsal_table() }
    guard let table, dtype.isFloat else {
      throw TensorError(operation, "needs floating-point values, not \(dtype.name)")
    }
    return dtype == .f64 ? table.pointee.f64 : table.pointee.f32
  }

  /// What an operation gives where only the shape of an operand is known: a shape too. Nil where all have values.
  func outline(_ x: Tensor, shape: [Int], dtype: DType? = nil) -> Tensor? {
    x.hasValues ? nil : .shapeOnly(shape, dtype: dtype ?? x.dtype)
  }
  func outline(_ a: Tensor, _ b: Tensor, shape: [Int]) -> Tensor? {
    a.hasValues && b.hasValues ? nil : .shapeOnly(shape, dtype: a.dtype)
  }

  /// Dense and in the type that kernels compute in.
  func ready(_ x: Tensor) throws -> Tensor { try contiguous(cast(x, to: x.dtype.compute)) }

  /// Checks that operands have one type.
  func match(_ operation: String, _ a: Tensor, _ b: Tensor) throws {
    guard a.dtype == b.dtype else {
      throw TensorError(
        operation,
        "types \(a.dtype.name) and \(b.dtype.name) differ (shapes \(describe(a.shape)) and \(describe(b.shape))); convert one of them"
      )
    }
  }

  /// Checks a shape.
  func require(_ operation: String, _ name: String, _ x: Tensor, _ shape: [Int]) throws {
    guard x.shape == shape else {
      throw TensorError(
        operation, "\(name) has shape \(describe(x.shape)), not \(describe(shape))")
    }
  }

  /// Integer indices as a dense `i64` tensor that nobody else holds.
  func indices(_ ids: Tensor, below size: Int, _ operation: String) throws -> Tensor {
    guard ids.dtype.isInteger else {
      throw TensorError(operation, "indices must be integers, not \(ids.dtype.name)")
    }
    let copy = Tensor(uninitialized: ids.shape, dtype: .i64)
    let source = try contiguous(ids)
    let base = try copy.address(operation)
    ck_cast(
      Int32(ids.dtype.rawValue), try source.address(operation), Int32(DType.i64.rawValue), base,
      copy.count)
    let values = base.assumingMemoryBound(to: Int64.self)
    let wrong = ck_normalise_ids(values, copy.count, size)
    guard wrong < 0 else {
      throw TensorError(operation, "index \(values[wrong]) is outside 0..<\(size)")
    }
    return copy
  }
}

/// [outer, size, inner] of a shape around one axis.
struct AxisSplit {
  let outer: Int
  let size: Int
  let inner: Int

  init(_ shape: [Int], axis: Int) {
    outer = shape[..<axis].reduce(1, *)
    size = shape[axis]
    inner = shape[(axis + 1)...].reduce(1, *)
  }
}

/// The kernels' largest rank.
let mostAxes = 16

func checkRank(_ shape: [Int], _ operation: String) throws {
  guard shape.count <= mostAxes else {
    throw TensorError(
      operation, "shape \(describe(shape)) has \(shape.count) axes; \(mostAxes) is the most")
  }
}

import Autograd
import Tensor

/// The state of a run at a whole step: references to immutable values.
struct Snapshot {
  /// The steps that had been made.
  let step: Int
  let model: AnyObject
  let optimizer: OptimizerState
  /// The tensors that the snapshot keeps alive, as far as `Training` knows them.
  let tensors: [Tensor]
}

/// A model's snapshot that knows its tensors, so that they count towards the budget and can be kept
/// on disk. One that is none is kept in memory, and only its trainable parameters are counted.
public protocol TensorSnapshot: AnyObject {
  /// Every tensor that training may change, trainable parameters included, in a stable order.
  var tensors: [Tensor] { get }
  /// The same snapshot with others in their place.
  func replacing(_ tensors: [Tensor]) -> any TensorSnapshot
}

/// A snapshot whose tensors are on disk.
struct SpilledSnapshot {
  /// Where a tensor is: in a block, or, where something else owns its memory anyway, here.
  enum Piece {
    case kept(Tensor)
    case block(SpillFile.Block, shape: [Int], strides: [Int], offset: Int, dtype: DType)
  }

  let step: Int
  /// With shapes in place of tensors.
  private let model: any TensorSnapshot
  private let optimizer: OptimizerState
  /// The model's tensors, then the optimiser's as `names` lists them.
  private let pieces: [Piece]
  private let names: [(key: LeafKey, name: String)]

  /// Nil where the model's snapshot does not know its tensors, or `write` cannot write one.
  init?(_ snapshot: Snapshot, write: (Storage) -> SpillFile.Block?) {
    guard let model = snapshot.model as? any TensorSnapshot else { return nil }
    let state = snapshot.optimizer
    names = state.slots.flatMap { key, slot in slot.tensors.keys.map { (key, $0) } }
    let own = names.compactMap { state.slots[$0.key]?.tensors[$0.name] }
    var pieces: [Piece] = []
    for tensor in model.tensors + own {
      if tensor.storage.isExternal || !tensor.hasValues {
        pieces.append(.kept(tensor))
        continue
      }
      guard let block = write(tensor.storage) else { return nil }
      pieces.append(
        .block(
          block, shape: tensor.shape, strides: tensor.strides, offset: tensor.offset,
          dtype: tensor.dtype))
    }
    step = snapshot.step
    self.pieces = pieces
    self.model = model.replacing(model.tensors.map(SpilledSnapshot.outline))
    var outline = state
    for (key, name) in names {
      outline.slots[key]?.tensors[name] =
        state.slots[key]?.tensors[name].map(SpilledSnapshot.outline)
    }
    optimizer = outline
  }

  var blocks: [SpillFile.Block] {
    pieces.compactMap { if case .block(let block, _, _, _, _) = $0 { block } else { nil } }
  }

  func read() throws -> Snapshot {
    var storages: [ObjectIdentifier: Storage] = [:]
    let tensors = try pieces.map { piece -> Tensor in
      switch piece {
      case .kept(let tensor): return tensor
      case .block(let block, let shape, let strides, let offset, let dtype):
        let id = ObjectIdentifier(block)
        let storage = try storages[id] ?? block.file.read(block)
        storages[id] = storage
        return Tensor(
          storage: storage, shape: shape, strides: strides, offset: offset, dtype: dtype)
      }
    }
    let count = tensors.count - names.count
    var state = optimizer
    for (place, entry) in names.enumerated() {
      state.slots[entry.key]?.tensors[entry.name] = tensors[count + place]
    }
    return Snapshot(
      step: step, model: model.replacing(Array(tensors[..<count])), optimizer: state,
      tensors: tensors)
  }

  private static func outline(_ tensor: Tensor) -> Tensor {
    tensor.storage.isExternal ? tensor : .shapeOnly(tensor.shape, dtype: tensor.dtype)
  }
}

import Foundation
import Tensor

/// A file for the states of a run that memory has no room for.
///
/// It has no name: it is unlinked as soon as it is open, so that the system takes it away when the
/// process ends, however that happens.
final class SpillFile {
  /// Bytes of the file that hold one storage; given back when nothing refers to them any more.
  final class Block {
    let file: SpillFile
    let place: Range<Int>

    init(_ file: SpillFile, _ place: Range<Int>) {
      self.file = file
      self.place = place
    }

    deinit { file.release(place) }
  }

  private let descriptor: Int32
  /// Unused stretches before `end`, in order, no two of them neighbours.
  private var gaps: [Range<Int>] = []
  private var end = 0

  /// Nil where no file can be made.
  init?(folder: String = NSTemporaryDirectory()) {
    var template = Array((folder + "/peft-repl-XXXXXX").utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else { return nil }
    unlink(template)
  }

  deinit { close(descriptor) }

  /// What may be written without taking more than half of what the disk has free.
  var room: Int {
    var status = statvfs()
    guard fstatvfs(descriptor, &status) == 0 else { return 0 }
    return Int(status.f_bavail) * Int(status.f_frsize) / 2
  }

  /// Nil where the bytes cannot be written, as on a full disk.
  func write(_ storage: Storage) -> Block? {
    guard let base = storage.base else { return nil }
    let place = claim(storage.byteCount)
    var done = 0
    while done < storage.byteCount {
      let count = pwrite(
        descriptor, base + done, storage.byteCount - done, off_t(place.lowerBound + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        release(place)
        return nil
      }
      done += count
    }
    return Block(self, place)
  }

  func read(_ block: Block) throws -> Storage {
    let storage = Storage(byteCount: block.place.count)
    guard let base = storage.base else { return storage }
    var done = 0
    while done < block.place.count {
      let count = pread(
        descriptor, base + done, block.place.count - done, off_t(block.place.lowerBound + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw TrainingError(
          .lostSnapshot,
          "a state of the run that was kept on disk cannot be read: "
            + String(cString: strerror(errno)) + "; the run stands where it stood")
      }
      done += count
    }
    return storage
  }

  /// The first gap that is large enough, or the end.
  private func claim(_ count: Int) -> Range<Int> {
    if let index = gaps.firstIndex(where: { $0.count >= count }) {
      let start = gaps[index].lowerBound
      if gaps[index].count == count {
        gaps.remove(at: index)
      } else {
        gaps[index] = start + count..<gaps[index].upperBound
      }
      return start..<start + count
    }
    end += count
    return end - count..<end
  }

  private func release(_ place: Range<Int>) {
    guard !place.isEmpty else { return }
    let index = gaps.firstIndex { $0.lowerBound > place.lowerBound } ?? gaps.count
    var joined = place
    var (first, last) = (index, index)
    if index < gaps.count, gaps[index].lowerBound == joined.upperBound {
      joined = joined.lowerBound..<gaps[index].upperBound
      last += 1
    }
    if index > 0, gaps[index - 1].upperBound == joined.lowerBound {
      joined = gaps[index - 1].lowerBound..<joined.upperBound
      first -= 1
    }
    gaps.replaceSubrange(first..<last, with: [joined])
    if let tail = gaps.last, tail.upperBound == end {
      end = tail.lowerBound
      gaps.removeLast()
    }
  }
}

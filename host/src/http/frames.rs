//! Which HTTP/2 frame the bytes of a client stand in: its head of a request may come in several, and be left unfinished.
//! RFC 9113, sections 3.4, 4.1, 6.2 and 6.10.

/// What every HTTP/2 connection begins with.
const PREFACE_BYTES: usize = 24;
const FRAME_HEAD_BYTES: usize = 9;
const HEADERS: u8 = 0x1;
const CONTINUATION: u8 = 0x9;
const END_HEADERS: u8 = 0x4;

/// Follows the frames of one connection.
#[derive(Debug)]
pub(super) struct Frames {
    /// Bytes of the preface, or of the frame's payload, still to come.
    rest: usize,
    head: [u8; FRAME_HEAD_BYTES],
    /// Bytes of the frame's head that are there.
    known: usize,
    /// Whether the frame that comes belongs to the head of a request.
    is_of_head: bool,
    /// Whether further frames of that head must follow.
    is_unfinished: bool,
}

impl Frames {
    /// A connection of which no byte was read.
    pub(super) fn new() -> Self {
        Self { rest: PREFACE_BYTES, head: [0; FRAME_HEAD_BYTES], known: 0, is_of_head: false, is_unfinished: false }
    }

    /// Takes in what was read. Tells whether the head of a request has begun and not ended.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            if self.rest > 0 {
                let some = self.rest.min(bytes.len());
                self.rest -= some;
                bytes = &bytes[some..];
            } else {
                self.head[self.known] = bytes[0];
                self.known += 1;
                bytes = &bytes[1..];
                if self.known == FRAME_HEAD_BYTES {
                    self.begin();
                }
            }
        }
        (self.is_of_head && self.rest > 0) || self.is_unfinished
    }

    fn begin(&mut self) {
        let [long, middle, short, kind, flags, ..] = self.head;
        self.known = 0;
        self.rest = usize::from(long) << 16 | usize::from(middle) << 8 | usize::from(short);
        self.is_of_head = matches!(kind, HEADERS | CONTINUATION);
        if self.is_of_head {
            self.is_unfinished = flags & END_HEADERS == 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let length = u8::try_from(payload.len()).unwrap();
        [&[0, 0, length, kind, flags, 0, 0, 0, 1], payload].concat()
    }

    /// What is known after each part, read byte by byte.
    fn reported(parts: &[Vec<u8>]) -> Vec<bool> {
        let mut frames = Frames::new();
        frames.read(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        let mut after = |part: &Vec<u8>| part.iter().fold(false, |_, byte| frames.read(&[*byte]));
        parts.iter().map(&mut after).collect()
    }

    #[test]
    fn a_head_is_open_from_its_first_frame_to_the_end_of_its_last() {
        let (settings, data) = (frame(4, 0, &[]), frame(0, 1, b"12345"));
        let whole = frame(HEADERS, END_HEADERS, b"abc");
        let cut = whole[..whole.len() - 1].to_vec();
        assert_eq!(reported(&[settings.clone(), whole, data, settings.clone()]), [false; 4]);
        assert_eq!(reported(&[settings.clone(), cut, b"c".to_vec(), settings]), [false, true, false, false]);
        let (first, next) = (frame(HEADERS, 0, b"abc"), frame(CONTINUATION, 0, b""));
        assert_eq!(reported(&[first, next, frame(CONTINUATION, END_HEADERS, b"d")]), [true, true, false]);
    }
}

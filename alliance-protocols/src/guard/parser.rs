//! From words to a tree: `or` < `and` < `not` < comparison < `+`/`-`.

use super::{
    GuardError, MOST_BYTES, MOST_DEPTH,
    lexer::{Token, TokenKind, tokens},
};

/// A tree before its names are looked up. Each node knows the byte where it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node<'a> {
    pub(super) at: usize,
    pub(super) kind: NodeKind<'a>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NodeKind<'a> {
    Int(i64),
    Name(&'a str),
    /// A function with its argument and the byte where that starts.
    Call(&'a str, Option<(usize, &'a str)>),
    Not(Box<Node<'a>>),
    /// `or`, `and`, a comparison, `+`, `-`.
    Pair(&'static str, Box<Node<'a>>, Box<Node<'a>>),
}

pub(super) fn parse(text: &str) -> Result<Node<'_>, GuardError> {
    if text.len() > MOST_BYTES {
        return Err(GuardError::new(
            0,
            format!("a guard has at most {MOST_BYTES} bytes; split it over states"),
        ));
    }
    let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0 };
    let node = parser.either()?;
    match parser.peek().kind {
        TokenKind::End => Ok(node),
        _ => Err(parser.unexpected("`and`, `or` or the end")),
    }
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    next: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn either(&mut self) -> Result<Node<'a>, GuardError> {
        self.deeper()?;
        let mut left = self.both()?;
        while self.eat_name("or") {
            self.deeper()?;
            left = pair("or", left, self.both()?);
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Node<'a>, GuardError> {
        let mut left = self.negated()?;
        while self.eat_name("and") {
            self.deeper()?;
            left = pair("and", left, self.negated()?);
        }
        Ok(left)
    }

    fn negated(&mut self) -> Result<Node<'a>, GuardError> {
        let at = self.peek().at;
        if !self.eat_name("not") {
            return self.compared();
        }
        self.deeper()?;
        let inner = self.negated()?;
        Ok(Node { at, kind: NodeKind::Not(Box::new(inner)) })
    }

    fn compared(&mut self) -> Result<Node<'a>, GuardError> {
        let left = self.sum()?;
        match self.eat_sign(&["==", "!=", "<=", ">=", "<", ">"]) {
            Some(sign) => Ok(pair(sign, left, self.sum()?)),
            None => Ok(left),
        }
    }

    fn sum(&mut self) -> Result<Node<'a>, GuardError> {
        let mut left = self.single()?;
        while let Some(sign) = self.eat_sign(&["+", "-"]) {
            self.deeper()?;
            left = pair(sign, left, self.single()?);
        }
        Ok(left)
    }

    fn single(&mut self) -> Result<Node<'a>, GuardError> {
        let Token { at, kind } = self.peek().clone();
        match kind {
            TokenKind::Int(value) => {
                self.next += 1;
                Ok(Node { at, kind: NodeKind::Int(value) })
            }
            TokenKind::Name(name) if !matches!(name, "and" | "or" | "not") => {
                self.next += 1;
                if self.eat_sign(&["("]).is_none() {
                    return Ok(Node { at, kind: NodeKind::Name(name) });
                }
                let inner = self.peek().clone();
                let argument = match inner.kind {
                    TokenKind::Name(argument) => {
                        self.next += 1;
                        Some((inner.at, argument))
                    }
                    _ => None,
                };
                self.close()?;
                Ok(Node { at, kind: NodeKind::Call(name, argument) })
            }
            TokenKind::Sign("(") => {
                self.next += 1;
                let inner = self.either()?;
                self.close()?;
                Ok(inner)
            }
            _ => Err(self.unexpected("a slot, a number or a function")),
        }
    }

    fn close(&mut self) -> Result<(), GuardError> {
        self.eat_sign(&[")"]).map(drop).ok_or_else(|| self.unexpected("`)`"))
    }

    /// Every nesting counts, also of chains, since a chain is a deep tree.
    fn deeper(&mut self) -> Result<(), GuardError> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            let message = format!("a guard nests at most {MOST_DEPTH} deep; split it over states");
            return Err(GuardError::new(self.peek().at, message));
        }
        Ok(())
    }

    fn peek(&self) -> &Token<'a> {
        // The last token is the end, and nothing eats it.
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn eat_name(&mut self, name: &str) -> bool {
        let found = matches!(self.peek().kind, TokenKind::Name(held) if held == name);
        self.next += usize::from(found);
        found
    }

    fn eat_sign(&mut self, signs: &[&'static str]) -> Option<&'static str> {
        let TokenKind::Sign(sign) = self.peek().kind else { return None };
        let found = signs.contains(&sign).then_some(sign);
        self.next += usize::from(found.is_some());
        found
    }

    fn unexpected(&self, wanted: &str) -> GuardError {
        let Token { at, kind } = self.peek();
        let found = match kind {
            TokenKind::End => "the guard ends".to_owned(),
            TokenKind::Int(value) => format!("`{value}` stands"),
            TokenKind::Name(name) => format!("`{name}` stands"),
            TokenKind::Sign(sign) => format!("`{sign}` stands"),
        };
        GuardError::new(*at, format!("{found} where {wanted} is expected"))
    }
}

fn pair<'a>(sign: &'static str, left: Node<'a>, right: Node<'a>) -> Node<'a> {
    Node { at: left.at, kind: NodeKind::Pair(sign, Box::new(left), Box::new(right)) }
}

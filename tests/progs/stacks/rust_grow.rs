// SPDX-License-Identifier: GPL-2.0
//! A Vec that grows, in functions of nested modules and in a method of a trait.

/// What is computed of it cannot be foreseen.
fn kept(value: usize) -> usize {
    unsafe { std::ptr::read_volatile(&value) }
}

mod shop {
    pub trait Basket {
        fn add(&mut self, count: usize) -> usize;
    }

    pub struct Cart {
        items: Vec<u64>,
    }

    impl Cart {
        pub fn new() -> Cart {
            Cart { items: Vec::new() }
        }
    }

    impl Basket for Cart {
        #[inline(never)]
        fn add(&mut self, count: usize) -> usize {
            self.items.resize(count, 1); // LINE:add
            crate::kept(self.items.len())
        }
    }

    pub mod checkout {
        use super::{Basket, Cart};

        #[inline(never)]
        pub fn fill(cart: &mut Cart, bytes: usize) -> usize {
            let added = cart.add(bytes / 8); // LINE:fill
            crate::kept(added) + 1
        }
    }
}

#[inline(never)]
fn serve(bytes: usize) -> usize {
    let mut cart = shop::Cart::new();
    let filled = shop::checkout::fill(&mut cart, bytes); // LINE:serve
    kept(filled) + 1
}

fn main() {
    let served = serve(kept(256 << 20)); // LINE:main
    std::process::exit((kept(served) & 1) as i32);
}

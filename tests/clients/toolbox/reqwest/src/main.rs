fn main() {
    let url = std::env::args().nth(1).expect("an address");
    match reqwest::blocking::get(url) {
        Ok(answer) => {
            let status = answer.status();
            println!("{} {}", status, answer.text().unwrap_or_default());
        }
        Err(error) => {
            println!("{error:?}");
            std::process::exit(1);
        }
    }
}

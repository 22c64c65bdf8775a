//! `accounts`.

use std::io::{BufRead as _, Write as _};

use broadsheet_domain::Viewer;
use broadsheet_domain::account::Registration;

use super::{AccountsCommand, CommandError};
use crate::App;

/// Makes, bans and readmits accounts.
pub async fn run(app: App, command: AccountsCommand) -> Result<(), CommandError> {
    let accounts = app.newsroom.accounts(&Viewer::System);
    match command {
        AccountsCommand::Create { email, name, role, password } => {
            let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
            let password = password.map_or_else(ask_password, Ok)?;
            let account = accounts.create(Registration { email, name, password }, role.parse()?).await?;
            println!("{} {} is {}", account.id, account.email, account.role.as_str());
        }
        AccountsCommand::Ban { email, reason } => {
            let account = accounts.by_email(&email).await?;
            accounts.ban(account.id, reason).await?;
            println!("{} is banned; its tokens no longer work", account.email);
        }
        AccountsCommand::Readmit { email } => {
            let account = accounts.by_email(&email).await?;
            accounts.readmit(account.id).await?;
            println!("{} is readmitted", account.email);
        }
    }
    Ok(())
}

fn ask_password() -> Result<String, CommandError> {
    let io = |error| CommandError::Io("the password could not be read".to_owned(), error);
    eprint!("Password (10 to 200 characters): ");
    std::io::stderr().flush().map_err(io)?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(io)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
